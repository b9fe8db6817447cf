"""What every room uses: errors, words, folders, the console."""

"""What `import reprobench` offers; the folder `reprobench` is installed as the package's top."""

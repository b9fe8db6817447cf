#!/bin/sh
# Trains nothing, but prints what a trainer would: its log, and a line of JSON after each epoch.
# usage: train.sh SEED EPOCHS GAIN
echo "training with seed $1"
epoch=1
while [ "$epoch" -le "$2" ]; do
    correct=$((900 + $3 * epoch + ($1 * 7919 + epoch * 104729) % 12))
    echo "{\"epoch\": $epoch, \"correct\": $correct, \"total\": 1000}"
    epoch=$((epoch + 1))
done
echo "done" >&2

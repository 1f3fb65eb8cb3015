#!/bin/sh
# Scouts as an array of 12 tasks, then one task that adds them up. Submit from a shared folder that holds scouts.mjs,
# base.pt and an installed @warmstart/trainer: sh slurm-array.sh
set -eu
shards=12
array=$(sbatch --parsable --array=0-$((shards - 1)) --cpus-per-task=1 --mem=4G --time=02:00:00 --requeue \
  --wrap="npx warmstart scout --module scouts.mjs --base base.pt --store scouts --workers 1 --shard \$SLURM_ARRAY_TASK_ID/$shards")
sbatch --dependency="afterok:$array" --cpus-per-task=4 --mem=8G --time=00:30:00 \
  --wrap="npx warmstart reduce scouts --module scouts.mjs --base base.pt --out guides"

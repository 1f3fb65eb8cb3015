#!/bin/sh
# 120 scouts as an array of 12 tasks, then one task that reduces them. Submit from a shared folder: sh slurm-array.sh
set -eu
shards=12
array=$(sbatch --parsable --array=0-$((shards - 1)) --cpus-per-task=1 --mem=4G --time=02:00:00 --requeue \
  --wrap="node shard.mjs --shard \$SLURM_ARRAY_TASK_ID/$shards --store scouts")
sbatch --dependency="afterok:$array" --cpus-per-task=1 --mem=8G --time=00:30:00 \
  --wrap="node reduce.mjs --store scouts --out guides.safetensors"

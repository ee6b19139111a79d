lab train --net "dense:300 sigmoid dense:100 sigmoid dense:10" \
  --data fashion-mnist --epochs 3

lab probe --net "30*(dense:64:he_normal:nobias batchnorm relu) dense:10" \
  --data fashion-mnist | awk '/gradient/ || $1 % 15 == 1'

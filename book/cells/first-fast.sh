lab train --net "20*(dense:100 sigmoid) dense:10" --data fashion-mnist \
  --lr 1 --epochs 1

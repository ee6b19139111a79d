lab train --net "dense:100 sigmoid dense:10" --data fashion-mnist --epochs 3

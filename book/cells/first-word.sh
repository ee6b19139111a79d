lab train --net "20*(dense:100 tanh) dense:10" --data fashion-mnist --epochs 3

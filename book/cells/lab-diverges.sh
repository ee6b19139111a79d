# exit: 1
lab train --net "3*(dense:100 relu) dense:10" --data fashion-mnist --lr 10

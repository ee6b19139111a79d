lab probe --net "10*(dense:100 sigmoid) dense:10" --data fashion-mnist

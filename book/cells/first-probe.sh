lab probe --net "20*(dense:100 sigmoid) dense:10" --data fashion-mnist |
  awk 'NR % 10 == 2 || NR == 1'

lab train --net "dense:100:he_normal relu dense:10" --data fashion-mnist \
  --lr 0.05 --epochs 2 --save clothes
lab train --net "dense:100:he_normal relu dense:10" --data fashion-mnist \
  --lr 0.05 --epochs 3 --save clothes --resume clothes 2>&1

lab compare --data spirals --epochs 5 --seeds 5 --optimizer adam --lr 0.01 \
  --net "dense:8 relu dense:3" --net "dense:8 tanh dense:3" \
  --net "2*(dense:32:he_normal relu) dense:3" \
  --net "2*(dense:32:lecun_normal selu) dense:3"

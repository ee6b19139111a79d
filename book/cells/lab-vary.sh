lab compare --data fashion-mnist --limit 5000 --epochs 2 \
  --net "{depth}*(dense:64:{init} relu) dense:10" --vary depth=2,20 \
  --vary init=glorot_uniform,he_normal --tune lr=0.01,0.1

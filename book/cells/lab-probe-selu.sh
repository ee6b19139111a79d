lab probe --net "20*(dense:100:lecun_normal selu) dense:10" \
  --data fashion-mnist | awk '{ print $NF }' | sort | uniq -c

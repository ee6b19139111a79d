lab compare --data fashion-mnist --limit 5000 --batch 50 \
  --optimizer adam --tune lr=0.001,0.003 \
  --net "dense:32 8*(dense:128:he_normal gelu dense:32) dense:10" \
  --net "dense:32 8*(residual(dense:128:he_normal gelu dense:32)) dense:10" \
  --net "dense:32 8*(residual(dense:128:he_normal gelu dense:32) layernorm) dense:10" \
  --net "dense:32 8*(residual(layernorm dense:128:he_normal gelu dense:32)) layernorm dense:10" \
  --net "dense:32 8*(residual(rmsnorm dense:128:he_normal gelu dense:32)) rmsnorm dense:10" |
  cut -c 1-16,49-58 |
  paste -d ' ' - <(printf '%s\n' network plain residual post-norm pre-norm RMS)

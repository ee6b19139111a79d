@x
float elu_slope(float z, float alpha)
{
    gp_not_started();
    float f = z > 0 ? z : alpha * expm1f(z);
    return z > 0 ? 1 : f + alpha;
}
@y
float elu_slope(float z, float alpha)
{
    return z > 0 ? 1 : expf(z);
}
@z

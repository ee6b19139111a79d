@x
double clip_jointly(size_t arrays, const size_t *length, double **g,
                    double limit)
{
    gp_not_started();
}
@y
double clip_jointly(size_t arrays, const size_t *length, double **g,
                    double limit)
{
    double square = 0;

    for (size_t k = 0; k < arrays; k++)
        for (size_t i = 0; i < length[k]; i++)
            square += g[k][i] * g[k][i];
    double norm = sqrt(square);
    if (norm <= limit)
        return norm;
    for (size_t k = 0; k < arrays; k++)
        for (size_t i = 0; i < length[k]; i++)
            g[k][i] = fmax(-limit, fmin(limit, g[k][i]));
    return norm;
}
@z

@x
size_t dead_units(size_t samples, size_t units, const double *z)
{
    gp_not_started();
}
@y
size_t dead_units(size_t samples, size_t units, const double *z)
{
    size_t dead = 0;
    for (size_t j = 0; j < units; j++) {
        size_t alive = 0;
        for (size_t i = 0; i < samples; i++)
            alive += z[i * units + j] > 0;
        dead += alive < samples;
    }
    return dead;
}
@z

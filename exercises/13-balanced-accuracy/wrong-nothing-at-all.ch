@x
double balanced_accuracy(size_t classes, const size_t *confusion)
{
    gp_not_started();
}
@y
double balanced_accuracy(size_t classes, const size_t *confusion)
{
    double sum = 0;
    size_t present = 0;

    for (size_t k = 0; k < classes; k++) {
        size_t of = 0;
        for (size_t j = 0; j < classes; j++)
            of += confusion[k * classes + j];
        if (of == 0)
            continue;
        present++;
        sum += (double)confusion[k * classes + k] / of;
    }
    return sum / present;
}
@z

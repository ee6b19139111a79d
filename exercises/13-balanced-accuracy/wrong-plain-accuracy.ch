@x
double balanced_accuracy(size_t classes, const size_t *confusion)
{
    gp_not_started();
}
@y
double balanced_accuracy(size_t classes, const size_t *confusion)
{
    double right = 0, all = 0;

    for (size_t k = 0; k < classes; k++)
        for (size_t j = 0; j < classes; j++) {
            all += confusion[k * classes + j];
            right += k == j ? confusion[k * classes + j] : 0;
        }
    return all > 0 ? right / all : 0;
}
@z

@x
size_t not_trained(void)
{
    gp_not_started();
}

size_t trained_without_redundant_biases(void)
{
    gp_not_started();
}
@y
size_t not_trained(void)
{
    return 4 * (784 + 300 + 100);
}

size_t trained_without_redundant_biases(void)
{
    return 2 * (784 + 300 + 100) + 784 * 300 + 300 * 100 + 100 * 10 + 10;
}
@z

#include "harness.h"
#include "network.h"

size_t not_trained(void);
size_t trained_without_redundant_biases(void);

static size_t count(const char *specification, bool trainable)
{
    gp_error error;
    gp_network *net = gp_network_new(784, 1, &error);
    if (!net || gp_network_parse(net, specification, &error) != GP_OK)
        abort();
    size_t n = gp_network_count(net, trainable);
    gp_network_free(net);
    return n;
}

START_TEST(not_trained_are_the_running_statistics)
{
    const char *net = "batchnorm dense:300 batchnorm relu dense:100 batchnorm relu dense:10";
    size_t want = count(net, false) - count(net, true);
    expect_hint("Each normalization has gamma and beta, which are trained, and a running mean and variance, which are not.");
    expect_true(not_trained() == want, "parameters that are not trained: the network has %zu, you predict %zu", want, not_trained());
}
END_TEST

START_TEST(trained_without_the_redundant_biases)
{
    size_t want = count("batchnorm dense:300:nobias batchnorm relu dense:100:nobias batchnorm relu dense:10", true);
    size_t got = trained_without_redundant_biases();
    expect_hint("Redundant are the biases in front of a normalization: those of 300 and of 100, not the last one's 10.");
    expect_true(got == want, "trained parameters: the network has %zu, you predict %zu", want, got);
}
END_TEST

EXERCISE_TESTS(not_trained_are_the_running_statistics, trained_without_the_redundant_biases)

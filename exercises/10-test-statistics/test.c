#include "harness.h"

void standardize(size_t features, size_t n_train, double *train, size_t n_test, double *test);

START_TEST(the_training_set_has_mean_zero_and_deviation_one)
{
    double train[] = {1, 10, 3, 30}, test[] = {2, 20};
    standardize(2, 2, train, 1, test);
    double want[] = {-1, -1, 1, 1};
    for (int i = 0; i < 4; i++)
        expect_near(train[i], want[i], 1e-12, "train[%d] of the samples (1, 10) and (3, 30), standardized", i);
}
END_TEST

START_TEST(the_test_set_is_measured_with_the_same_ruler)
{
    double train[] = {1, 10, 3, 30}, test[] = {2, 20, 5, 10, 1, 60};
    standardize(2, 2, train, 3, test);
    double want[] = {0, 0, 3, -1, -1, 4};
    expect_hint("Training: means 2 and 20, deviations 1 and 10. A test sample x becomes (x - mean) / deviation with these numbers. "
                "(Measured before or after the training set was changed?)");
    for (int i = 0; i < 6; i++)
        expect_near(test[i], want[i], 1e-12, "test[%d] of the samples (2, 20), (5, 10), (1, 60), where the training set is (1, 10), (3, 30)", i);
}
END_TEST

START_TEST(equal_samples_stay_equal)
{
    double train[] = {0, 1, 5, -2, 8, 4}, test[] = {5};
    standardize(1, 6, train, 1, test);
    expect_hint("The same sample in both sets must be mapped to the same number.");
    expect_near(test[0], train[2], 1e-12, "a test sample that is also in the training set (there it became %.6g)", train[2]);
}
END_TEST

START_TEST(the_training_set_does_not_see_the_test_set)
{
    double train[] = {1, 3}, test[] = {1e6, -5, 7};
    standardize(1, 2, train, 3, test);
    expect_hint("Only the training set may have a say in mean and deviation.");
    expect_near(train[1], 1, 1e-12, "train[1] of the samples 1 and 3, with a test set of large numbers");
}
END_TEST

START_TEST(a_feature_that_never_changes)
{
    double train[] = {4, 4, 4}, test[] = {4, 6};
    standardize(1, 3, train, 2, test);
    expect_near(train[0], 0, 1e-12, "a feature that is always 4 in the training set, where it is 4");
    expect_near(test[0], 0, 1e-12, "the same in the test set, where it is 4");
    expect_near(test[1], 2, 1e-12, "the same in the test set, where it is 6 (shifted only)");
}
END_TEST

EXERCISE_TESTS(the_training_set_has_mean_zero_and_deviation_one, the_test_set_is_measured_with_the_same_ruler, equal_samples_stay_equal,
               the_training_set_does_not_see_the_test_set, a_feature_that_never_changes)

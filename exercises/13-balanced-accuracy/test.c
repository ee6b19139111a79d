#include "harness.h"

double balanced_accuracy(size_t classes, const size_t *confusion);

START_TEST(perfect_answers)
{
    size_t c[] = {90, 0, 0, 10};
    expect_near(balanced_accuracy(2, c), 1, 1e-12, "balanced_accuracy of the rows (90, 0), (0, 10)");
}
END_TEST

START_TEST(always_the_same_answer)
{
    size_t c[] = {90, 0, 10, 0}, d[] = {0, 0, 5, 0, 0, 7, 0, 0, 88};
    double got = balanced_accuracy(2, c);
    expect_hint(fabs(got - 0.9) < 1e-9 ? "That is the ordinary accuracy. Take the share of each class first, then the mean of the shares."
                : fabs(got - 0.45) < 1e-9 ? "Sum along a row, which holds the samples of one true class, not along a column." : NULL);
    expect_near(got, 0.5, 1e-12, "balanced_accuracy of the rows (90, 0), (10, 0)");
    expect_near(balanced_accuracy(3, d), 1. / 3, 1e-12, "balanced_accuracy of the rows (0, 0, 5), (0, 0, 7), (0, 0, 88)");
}
END_TEST

START_TEST(three_classes)
{
    size_t c[] = {6, 2, 0, 1, 1, 2, 0, 0, 40};
    expect_hint("The shares are 6/8, 1/4 and 40/40. (A quotient of two integers is an integer in C.)");
    expect_near(balanced_accuracy(3, c), 2. / 3, 1e-12, "balanced_accuracy of the rows (6, 2, 0), (1, 1, 2), (0, 0, 40)");
}
END_TEST

START_TEST(a_class_without_samples)
{
    size_t c[] = {3, 1, 0, 0, 0, 0, 0, 2, 2};
    expect_hint("The second class has no sample: leave it out of the sum and out of the count.");
    expect_near(balanced_accuracy(3, c), 0.625, 1e-12, "balanced_accuracy of the rows (3, 1, 0), (0, 0, 0), (0, 2, 2)");
}
END_TEST

START_TEST(no_samples_at_all)
{
    size_t c[] = {0, 0, 0, 0};
    expect_near(balanced_accuracy(2, c), 0, 1e-12, "balanced_accuracy of zeros");
}
END_TEST

EXERCISE_TESTS(perfect_answers, always_the_same_answer, three_classes, a_class_without_samples, no_samples_at_all)

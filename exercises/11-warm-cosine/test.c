#include "harness.h"

double warm_cosine(double step, double steps, double warm, double least);

START_TEST(it_begins_at_one_without_warming_up)
{
    expect_hint("With warm = 0 there is no first part, and nothing to divide by.");
    expect_near(warm_cosine(0, 100, 0, 0), 1, 1e-12, "warm_cosine(0, 100, 0, 0)");
}
END_TEST

START_TEST(it_ends_at_the_least)
{
    expect_near(warm_cosine(100, 100, 0, 0), 0, 1e-12, "warm_cosine(100, 100, 0, 0)");
    expect_near(warm_cosine(100, 100, 10, 0.1), 0.1, 1e-12, "warm_cosine(100, 100, 10, 0.1)");
    expect_hint("A cosine would rise again after its end.");
    expect_near(warm_cosine(150, 100, 10, 0.1), 0.1, 1e-12, "warm_cosine(150, 100, 10, 0.1), which is after the end");
}
END_TEST

START_TEST(it_rises_in_a_straight_line)
{
    for (int step = 0; step <= 20; step += 5)
        expect_near(warm_cosine(step, 100, 20, 0.1), step / 20., 1e-12, "warm_cosine(%d, 100, 20, 0.1)", step);
}
END_TEST

START_TEST(half_way_down_it_is_in_the_middle)
{
    expect_near(warm_cosine(50, 100, 0, 0), 0.5, 1e-12, "warm_cosine(50, 100, 0, 0)");
    expect_hint("The cosine begins where the warming up ends: half way from 20 to 100 is 60.");
    expect_near(warm_cosine(60, 100, 20, 0), 0.5, 1e-12, "warm_cosine(60, 100, 20, 0)");
    expect_hint("Half way between 1 and the least.");
    expect_near(warm_cosine(60, 100, 20, 0.2), 0.6, 1e-12, "warm_cosine(60, 100, 20, 0.2)");
}
END_TEST

START_TEST(a_quarter_down_it_follows_the_cosine)
{
    expect_near(warm_cosine(40, 100, 20, 0), 0.5 + sqrt(0.125), 1e-9, "warm_cosine(40, 100, 20, 0)");
    expect_near(warm_cosine(80, 100, 20, 0), 0.5 - sqrt(0.125), 1e-9, "warm_cosine(80, 100, 20, 0)");
}
END_TEST

EXERCISE_TESTS(it_begins_at_one_without_warming_up, it_ends_at_the_least, it_rises_in_a_straight_line, half_way_down_it_is_in_the_middle,
               a_quarter_down_it_follows_the_cosine)

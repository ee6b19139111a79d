/* cc example.c $(pkg-config --cflags --libs gradient) && ./a.out */
#include <gradient.h>
#include <stdio.h>

int main(void)
{
    gp_error error = {""};
    gp_dataset data;
    if (gp_dataset_open(&data, "spirals", 1, &error) != GP_OK)
        return fprintf(stderr, "%s\n", error.message), 2;
    gp_network *net = gp_network_new(data.features, 1, &error);
    for (int i = 0; i < 2; i++)
        gp_dense(net, .units = 32, .activation = "selu", .kernel_initializer = "lecun_normal");
    gp_dense(net, .units = data.classes);
    gp_optimizer *adam = gp_optimizer_new(net, gp_adam(.learning_rate = 0.01), &error);
    gp_train_options how = gp_train_options_with(.batch = 32, .epochs = 3, .seed = 1);
    gp_evaluation test;
    if (gp_network_error(net) || gp_train(net, adam, &data, &how, &error) || gp_evaluate(net, &data.test, &test, NULL, &error))
        return fprintf(stderr, "%s\n", error.message), 1;
    return printf("test accuracy %.1f%%\n", 100 * test.accuracy) < 0;
}

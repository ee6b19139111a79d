# exit: 2
lab train --net "dense:300 relu batchnrom dense:10" --data spirals

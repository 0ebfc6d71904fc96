# distutils: language = c++
include "rolling.pxi"

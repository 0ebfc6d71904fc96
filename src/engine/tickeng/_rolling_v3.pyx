# distutils: language = c++
include "_rolling.pxi"

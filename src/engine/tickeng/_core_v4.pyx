# distutils: language = c++
include "_core.pxi"

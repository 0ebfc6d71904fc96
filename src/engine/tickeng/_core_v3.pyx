# distutils: language = c++
include "_core.pxi"
include "_parallel.pxi"

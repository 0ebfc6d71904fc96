# distutils: language = c++
include "_core.pxi"
include "_clock.pxi"
include "_events.pxi"
include "_summary.pxi"
include "_parallel.pxi"

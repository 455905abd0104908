// Package autoinstrumentation holds the tests of what the auto-instrumentation images
// contain: the content is made by the images' own scripts, copied by the images' own cp,
// and switched on by the variables that the operator sets, in applications that know
// nothing of tracing.
//
// The tests are built with the tag e2e and run by make e2e. The variable
// RADIOGRAPH_AUTOINSTRUMENTATION may name a directory in which what the scripts make is
// kept between runs; there it has to be removed by hand to be made anew.
package autoinstrumentation

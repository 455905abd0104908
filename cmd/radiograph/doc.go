// Command radiograph is the service and its command line.
//
// Start with [program], which holds everything that a command may touch of the
// world, so that tests run commands inside their own process. Each command has a
// file. Commands that ask a running service use the X-Ray API like everybody else.
package main

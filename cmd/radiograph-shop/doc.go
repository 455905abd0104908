// Command radiograph-shop is the demo shop that "radiograph up --demo" starts. It
// sends traces to an X-Ray daemon, radiograph's or another, until it is told to
// stop.
package main

// Package archtest holds the direction in which the packages of this module may
// depend on each other, as tests: the domain knows nothing of HTTP, logs,
// databases and files; only server and cmd know everything; and every package says
// what it holds. The modules beside it have rules of their own. It contains no code.
package archtest

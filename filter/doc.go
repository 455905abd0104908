// Package filter is the language of filter expressions: lexer, parser, printer,
// completion, and a compiler to predicates over trace summaries. It does no I/O.
//
// Start with [Parse], [Expr.String] and [Compile]. Entity selectors of time
// series, a small part of the language, are read by [ParseSelector]; [Complete]
// helps people to type.
//
// # Meaning
//
// Outside of braces a keyword speaks of the root segment (ok, error, fault,
// throttle, responsetime, http.*), of the whole trace (duration, partial,
// inferred) or of any entity (annotation, user, instance.id and the like). In the
// body of service() it speaks of one segment of the node, in that of edge() of one
// call as the caller saw it; the terms of a body hold for the same one. A client
// node has no segments, service() sees the call that leads from it to the root.
// Calls are those of the trace itself: links to other traces are not edges here.
//
// What is absent (an empty string, status 0, the response time of something in
// progress, a root that has not arrived) satisfies no comparison, not even !=.
// Neither does an annotation of another type than the value. Of several values one has
// to satisfy the comparison: tenant != "a" means that some tenant is not a, and
// !(tenant = "a") that none is. Strings are compared case by case, keywords are
// not. The index of root causes begins at 0.
//
// Accepted beyond X-Ray: NOT for !, annotations in the bodies of service() and
// edge(), there also source.annotation and destination.annotation, quoted keys in
// annotation["key"], and < <= > >= for annotations that are strings.
//
// An expression has at most [MaxLength] bytes, a depth of [MaxDepth], and, with
// the filters of the groups it names, [MaxTerms] terms.
//
// Source: "Use filter expressions" of the X-Ray guide and recorded answers.
package filter

// Package filter is the language of filter expressions: lexer, parser, printer,
// and a compiler to predicates over trace summaries. It does no I/O.
//
// Start with [Parse], [Expr.String] and [Compile]. Entity selectors of time
// series, a small part of the language, are read by [ParseSelector].
//
// Source: "Use filter expressions" of the X-Ray guide and recorded answers.
package filter

// Package tracetest writes traces as text, for tests: [Documents] reads them and
// [Run] runs scripts of them whose results are text as well.
//
// A line is one segment or subsegment; two more spaces in front embed it in the
// line above:
//
//	web id=a 0-2 origin=AWS::EC2::Instance status=200
//	  pay id=1 remote 0.25-1.75 status=503
//	pay id=b parent=1 0.5-
//
// The name comes first. Times are seconds; without an end the entity is in
// progress. Ids are hex, zeros in front left out. A line without indentation is a
// segment, or with the word sub a subsegment that is sent on its own. The other
// words are listed at [Documents].
package tracetest

// Package autoinstrumentation gives tracing to applications that ask for it by annotation. It
// changes the pod alone: an init container copies the instrumentation of a language into a
// volume, and the application's container gets the environment that loads it. The application
// and its image stay as they are.
//
// [Inject] is a pure function of a pod, its namespace, its owners and the Instrumentation
// resources. The names of annotations, containers, volumes and variables are those of the
// OpenTelemetry operator, so that manifests written for it work.
package autoinstrumentation

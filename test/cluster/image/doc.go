// Package image makes container images from files of this machine, without Docker and
// without a registry. [Build] makes one from a [Spec]; [Static] adds one program that
// needs nothing else; [FromHost] adds programs of this machine with the shared libraries
// they load. [Write] writes the archive that docker load and ctr import read.
//
// The same files give the same image, byte for byte: entries are sorted and all times
// are the Unix epoch.
package image

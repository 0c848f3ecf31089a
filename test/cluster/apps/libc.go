//go:build cgo

package main

// #include <stdlib.h>
import "C"

// lookUp asks the C library.
func lookUp(name string) (string, bool) {
	value := C.getenv(C.CString(name))
	if value == nil {
		return "", false
	}
	return C.GoString(value), true
}

// Command envparse answers what the kubelet would read from env files: for each line {"path", "key"} on standard input one line
// {"value", "error"} on standard output, the value in base64.
package main

import (
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"k8s.io/kubernetes/pkg/kubelet/util/env"
)

type question struct {
	Path string `json:"path"`
	Key  string `json:"key"`
}

type answer struct {
	Value []byte `json:"value"`
	Error string `json:"error"`
}

func main() {
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := questions.Decode(&asked); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		value, err := env.ParseEnv(asked.Path, asked.Key)
		told := answer{Value: []byte(value)}
		if err != nil {
			told.Error = err.Error()
		}
		if err := answers.Encode(told); err != nil {
			log.Fatal(err)
		}
	}
}

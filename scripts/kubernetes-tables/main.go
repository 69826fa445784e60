// Prints how the kinds of Kubernetes and OpenShift are laid out in protobuf, and what their fields are called in JSON: read off the
// tags of the Go types that the API servers themselves encode with. See ../write-kubernetes-tables.ts.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"

	openshiftapi "github.com/openshift/api"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensionsbeta "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

// A field: number, name in JSON ("" where its fields are the parent's), value, flags.
// Value: s string, b bool, i signed, u unsigned, d double, y bytes, or the number of a message.
// Flags: r a list, m a map by strings, o left out where it is empty, p a pointer.
type field [4]any

type table struct {
	// Special types have a name in place of fields.
	Names  map[string]string `json:"special"`
	Types  [][]field         `json:"types"`
	Kinds  map[string]int    `json:"kinds"`
	number map[reflect.Type]int
}

var special = map[string]string{
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                                                  "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                                             "microtime",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":                                              "duration",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                                              "raw",
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                                              "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":                                            "int-or-string",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                                               "raw",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON":                              "raw",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray":            "either",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool":             "allows",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray":      "either",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1.JSON":                         "raw",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1.JSONSchemaPropsOrArray":       "either",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1.JSONSchemaPropsOrBool":        "allows",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1beta1.JSONSchemaPropsOrStringArray": "either",
}

func main() {
	all := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		scheme.AddToScheme, apiextensions.AddToScheme, apiextensionsbeta.AddToScheme, apiregistration.AddToScheme,
		openshiftapi.Install,
	} {
		if err := add(all); err != nil {
			panic(err)
		}
	}
	t := &table{Names: map[string]string{}, Kinds: map[string]int{}, number: map[reflect.Type]int{}}
	kinds := make([]schema.GroupVersionKind, 0)
	for kind := range all.AllKnownTypes() {
		kinds = append(kinds, kind)
	}
	sort.Slice(kinds, func(a, b int) bool { return kinds[a].String() < kinds[b].String() })
	for _, kind := range kinds {
		known := all.AllKnownTypes()[kind]
		if isStored(kind, known) {
			t.Kinds[kind.GroupVersion().String()+"/"+kind.Kind] = t.of(known)
		}
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(t); err != nil {
		panic(err)
	}
}

// An object of its own: with metadata and a layout in protobuf.
func isStored(kind schema.GroupVersionKind, known reflect.Type) bool {
	if kind.Version == runtime.APIVersionInternal || strings.HasSuffix(kind.Kind, "List") {
		return false
	}
	meta, found := known.FieldByName("ObjectMeta")
	return found && meta.Tag.Get("protobuf") != ""
}

func (t *table) of(known reflect.Type) int {
	if number, found := t.number[known]; found {
		return number
	}
	number := len(t.Types)
	t.number[known] = number
	t.Types = append(t.Types, []field{})
	if name, found := special[known.PkgPath()+"."+known.Name()]; found {
		t.Names[strconv.Itoa(number)] = name
		if name != "either" && name != "allows" {
			return number
		}
	}
	if known.Kind() != reflect.Struct {
		// A list or a map that is a type of its own is a message of one field.
		t.Names[strconv.Itoa(number)] = "items"
		value, flags := t.value(known)
		t.Types[number] = []field{{1, "items", value, flags}}
		return number
	}
	t.Types[number] = t.fields(known)
	return number
}

func (t *table) fields(known reflect.Type) []field {
	fields := []field{}
	for at := 0; at < known.NumField(); at++ {
		one := known.Field(at)
		tag := strings.Split(one.Tag.Get("protobuf"), ",")
		if len(tag) < 2 {
			continue
		}
		number, err := strconv.Atoi(tag[1])
		if err != nil {
			panic(known.String() + "." + one.Name)
		}
		parts := strings.Split(one.Tag.Get("json"), ",")
		name := parts[0]
		if name == "-" {
			continue
		}
		options := strings.Join(parts[1:], ",")
		// What is written by its own code has no names in JSON.
		if name == "" && !strings.Contains(options, "inline") && !one.Anonymous {
			name = one.Name
		}
		value, flags := t.fieldValue(one.Type)
		if strings.Contains(options, "omitempty") {
			flags += "o"
		}
		if strings.Contains(options, "omitzero") {
			flags += "z"
		}
		fields = append(fields, field{number, name, value, flags})
	}
	return fields
}

func (t *table) fieldValue(of reflect.Type) (any, string) {
	if of.Kind() == reflect.Pointer {
		value, flags := t.fieldValue(of.Elem())
		return value, flags + "p"
	}
	return t.value(of)
}

func (t *table) value(of reflect.Type) (any, string) {
	switch of.Kind() {
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return "y", ""
		}
		value, _ := t.element(of.Elem())
		return value, "r"
	case reflect.Map:
		value, _ := t.element(of.Elem())
		return value, "m"
	}
	return t.element(of)
}

func (t *table) element(of reflect.Type) (any, string) {
	switch of.Kind() {
	case reflect.String:
		return "s", ""
	case reflect.Bool:
		return "b", ""
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if special[of.PkgPath()+"."+of.Name()] != "" {
			return t.of(of), ""
		}
		return "i", ""
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "u", ""
	case reflect.Float32, reflect.Float64:
		return "d", ""
	case reflect.Slice:
		if of.Elem().Kind() == reflect.Uint8 {
			return "y", ""
		}
		return t.of(of), ""
	case reflect.Struct, reflect.Map:
		return t.of(of), ""
	case reflect.Pointer:
		return t.element(of.Elem())
	}
	panic(of.String())
}

// The generated messages and stubs of inference.proto. Only this library's sources and its tests
// include it; their warnings are not ours.
#pragma once
#pragma GCC system_header

#include "inference.grpc.pb.h"
#include "inference.pb.h"

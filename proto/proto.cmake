# From the .proto files: C messages (protobuf-c), and the descriptor set that reflection, the
# JSON codec and the method table read at run time.
find_program(PROTOC protoc REQUIRED)
find_program(PROTOC_GEN_C protoc-gen-c REQUIRED)

set(gen ${CMAKE_BINARY_DIR}/gen)
file(GLOB gf_protos RELATIVE ${CMAKE_SOURCE_DIR}/proto CONFIGURE_DEPENDS
	${CMAKE_SOURCE_DIR}/proto/ghostfleet/v1/*.proto
	${CMAKE_SOURCE_DIR}/proto/google/rpc/*.proto
	${CMAKE_SOURCE_DIR}/proto/grpc/health/v1/*.proto
	${CMAKE_SOURCE_DIR}/proto/grpc/reflection/v1/*.proto
	${CMAKE_SOURCE_DIR}/proto/grpc/reflection/v1alpha/*.proto)
set(well_known google/protobuf/timestamp.proto google/protobuf/duration.proto
	google/protobuf/any.proto google/protobuf/field_mask.proto google/protobuf/descriptor.proto)

set(proto_sources)
foreach(p ${gf_protos} ${well_known})
	string(REGEX REPLACE "\\.proto$" ".pb-c.c" c ${p})
	list(APPEND proto_sources ${gen}/${c})
endforeach()

# protoc-gen-c does not announce that it can do proto3 `optional`, though it can: the wrapper
# appends that one field to its answer.
file(WRITE ${gen}/protoc-gen-c3 "#!/bin/sh\n${PROTOC_GEN_C} && printf '\\020\\001'\n")
file(CHMOD ${gen}/protoc-gen-c3 PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)

set(proto_inputs)
foreach(p ${gf_protos})
	list(APPEND proto_inputs ${CMAKE_SOURCE_DIR}/proto/${p})
endforeach()
add_custom_command(
	OUTPUT ${proto_sources} ${gen}/fds.pb
	COMMAND ${PROTOC} -I ${CMAKE_SOURCE_DIR}/proto -I /usr/include
		--plugin=protoc-gen-c3=${gen}/protoc-gen-c3 --c3_out=${gen}
		--include_imports --descriptor_set_out=${gen}/fds.pb ${gf_protos} ${well_known}
	DEPENDS ${proto_inputs}
	WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/proto
	VERBATIM)

# Every descriptor of them in two tables, so that no list of services is kept by hand.
string(REPLACE ".pb-c.c" ".pb-c.h" proto_headers "${proto_sources}")
add_custom_command(
	OUTPUT ${gen}/proto_tables.c
	COMMAND ${CMAKE_SOURCE_DIR}/proto/tables.sh ${proto_headers} > ${gen}/proto_tables.c
	DEPENDS ${proto_sources} ${CMAKE_SOURCE_DIR}/proto/tables.sh
	VERBATIM)

# The generated code is not ours to warn about.
add_library(proto_gen STATIC ${proto_sources} ${gen}/proto_tables.c)
target_include_directories(proto_gen PUBLIC ${gen})
target_link_libraries(proto_gen PUBLIC PkgConfig::PROTOBUF_C)
target_compile_options(proto_gen PRIVATE -w)

file(GLOB codec_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/proto/*.c)
add_library(proto STATIC ${codec_sources})
set_source_files_properties(${CMAKE_SOURCE_DIR}/proto/descriptors.c PROPERTIES
	OBJECT_DEPENDS ${gen}/fds.pb COMPILE_DEFINITIONS FDS_FILE="${gen}/fds.pb")
target_link_libraries(proto PUBLIC gf_flags proto_gen PkgConfig::JANSSON m)

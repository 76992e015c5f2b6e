#!/bin/sh
# Turns KAFKA_* variables into server.properties with Kafka's own wrapper, formats the storage, and becomes the broker.
set -e
class_path=$(cat /opt/kafka/class-path)
flags=${KAFKA_JVM_PERFORMANCE_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}
quiet="-Dorg.slf4j.simpleLogger.defaultLogLevel=${KAFKA_LOG4J_ROOT_LOGLEVEL:-warn}"

# A container's environment never changes, so what was set up for its first start holds for every later one.
if [ ! -e /opt/kafka/config/ready ]; then
  echo "cluster ${CLUSTER_ID:?is not set: a broker needs the id of its cluster}"
  java -Xmx128m $flags $quiet -XX:SharedArchiveFile=/opt/kafka/classes.jsa -cp "$class_path" \
    kafka.docker.KafkaDockerWrapper setup \
    --default-configs-dir /etc/kafka/docker --mounted-configs-dir /mnt/shared/config --final-configs-dir /opt/kafka/config \
    > /tmp/setup.log 2>&1 || grep -q 'already formatted' /tmp/setup.log || { cat /tmp/setup.log; exit 1; }
  touch /opt/kafka/config/ready
fi

# exec, so that the broker is process 1 and gets the SIGTERM of `docker stop`.
exec java ${KAFKA_HEAP_OPTS:--Xmx512m} $flags $quiet -XX:SharedArchiveFile=/opt/kafka/classes.jsa $KAFKA_OPTS \
  -cp "$class_path" kafka.Kafka /opt/kafka/config/server.properties

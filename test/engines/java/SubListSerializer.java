package org.apache.hadoop.hive.ql.exec;

import java.util.ArrayList;
import java.util.List;
import org.apache.hive.com.esotericsoftware.kryo.Kryo;
import org.apache.hive.com.esotericsoftware.kryo.Serializer;
import org.apache.hive.com.esotericsoftware.kryo.io.Input;
import org.apache.hive.com.esotericsoftware.kryo.io.Output;

/** Hive's own reads a private field of ArrayList.SubList that Java 17 does not have; this one writes the elements. */
class SerializationUtilities$ArrayListSubListSerializer extends Serializer<List<?>> {
  SerializationUtilities$ArrayListSubListSerializer() {}

  public List<?> read(Kryo kryo, Input in, Class<List<?>> type) {
    int size = in.readInt(true);
    List<Object> list = new ArrayList<>(size);
    kryo.reference(list);
    for (int i = 0; i < size; i++) list.add(kryo.readClassAndObject(in));
    return list;
  }

  public void write(Kryo kryo, Output out, List<?> list) {
    out.writeInt(list.size(), true);
    for (Object element : list) kryo.writeClassAndObject(out, element);
  }
}

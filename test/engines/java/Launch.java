import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Hive 3 casts the loader of its classes to URLClassLoader, which that of Java 17 is not: its main classes are started below one. */
public class Launch {
  public static void main(String[] args) throws Exception {
    List<URL> urls = new ArrayList<>();
    for (String part : System.getProperty("hive.cp").split(":")) {
      if (!part.endsWith("/*")) { urls.add(new File(part).toURI().toURL()); continue; }
      File[] jars = new File(part.substring(0, part.length() - 2)).listFiles((folder, name) -> name.endsWith(".jar"));
      for (File jar : jars) urls.add(jar.toURI().toURL());
    }
    ClassLoader loader = new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    Thread.currentThread().setContextClassLoader(loader);
    Object rest = Arrays.copyOfRange(args, 1, args.length);
    Class.forName(args[0], true, loader).getMethod("main", String[].class).invoke(null, rest);
  }
}
